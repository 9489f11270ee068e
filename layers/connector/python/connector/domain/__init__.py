"""What the business is: values and rules, standard library only, no clock, no input or output."""
