"""The landing zone as a destination: files in the layout of Kafka Connect."""
