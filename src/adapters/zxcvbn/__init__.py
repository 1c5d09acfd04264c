"""The passwords that people choose most, from the lists that zxcvbn carries.

Only its data is used; what is done about them is the domain's affair.
"""
