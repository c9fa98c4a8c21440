"""Packs the widget's archives, and checks them by the rules of those who take them in."""
