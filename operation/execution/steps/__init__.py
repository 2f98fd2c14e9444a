"""What a step is made of, what it once put out, and how several run at once: nothing is done twice."""
