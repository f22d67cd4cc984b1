"""Jobs from the submit to the news of their end, on either side: how many a second, how long, with what memory."""
