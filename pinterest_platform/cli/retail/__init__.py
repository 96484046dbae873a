"""Commands of the retail domain only: generating its sources, and the end-to-end demo."""
