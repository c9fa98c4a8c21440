"""Bookdeal: bookings in Altegio become deals in Kommo that move by themselves."""
