"""What a new run can use, begin with, and cost, before it is started."""
