"""From sequences of tokens to weights: losses, tree packing, the training run."""
