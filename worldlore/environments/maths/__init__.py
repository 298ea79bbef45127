"""Problems of mathematics, solved with Python over several turns."""
