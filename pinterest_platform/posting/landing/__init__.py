"""The landing zone as destination: files, written as Kafka Connect would write them."""
