"""Plain values in SSM Parameter Store: the address of our own API.

An environment variable would be a circular reference in the template (design 3).
"""

from typing import TYPE_CHECKING

from connector.adapters.aws import translated

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient


def api_url(client: "SSMClient", name: str) -> str:
    """The API's address, without a slash at the end; `name` is the parameter's."""
    with translated():
        value = client.get_parameter(Name=name)["Parameter"]["Value"]
    return value.rstrip("/")
