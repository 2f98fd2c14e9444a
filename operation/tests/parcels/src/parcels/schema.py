"""What the tables hold."""

from typing import Literal

RAW_COLUMNS = {
    "parcels": ("parcel", "sent_at", "courier", "town", "distance", "weight", "hours"),
    "weather": ("observed_at", "temp", "rain"),
}
OUTCOME_COLUMNS = {"parcels": ("hours",)}
KEYS = ("sent_date", "sent_at", "parcel")
TARGET = "overdue"
FEATURES: dict[str, Literal["number", "category"]] = {
    "courier": "category",
    "town": "category",
    "distance": "number",
    "weight": "number",
    "hour": "number",
    "temp": "number",
    "rain": "number",
}
LEAKAGE = ("hours", TARGET)
