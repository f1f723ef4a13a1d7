"""Numbers the office steers by: aging, days of sales outstanding, what will be recovered."""
