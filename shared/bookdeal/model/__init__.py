"""What Bookdeal talks about, free of any provider's words: plain frozen data that rules, providers and stores share."""
