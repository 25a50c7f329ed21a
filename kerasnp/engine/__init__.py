"""When things happen and where the numbers live: the plan, its memory, the data feed and the training loop."""
