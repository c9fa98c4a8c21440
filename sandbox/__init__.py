"""What runs beside the product and is never deployed: simulators of the providers, the board, the local stack."""
