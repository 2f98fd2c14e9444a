"""What stands for the Azure CLI in an offline run: it writes its calls down, and says only what follows from them."""
