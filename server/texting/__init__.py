"""Text messages out, through any service that speaks Twilio's HTTP. The only one that does."""
