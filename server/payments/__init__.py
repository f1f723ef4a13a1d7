"""Collecting money: reader, pay link, cash, cheque, transfer."""
