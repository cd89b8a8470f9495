print("wattlog")
