"""Dead letters of a deployed stack, for the operator: list them with their reason, put them back.

Decision: receive, send and delete, which AWS and the local engine both have; StartMessageMoveTask is AWS's
alone, and takes all or nothing. boto3 finds the account, so AWS_PROFILE, AWS_REGION and, for a local engine,
AWS_ENDPOINT_URL count.
"""
