"""Time travel: any kept moment of any run is shown in place of now, and a new run can start from it."""
