"""Exchange with other formats: what is here is written from the same equations that the engines compile."""
