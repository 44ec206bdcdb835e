"""From a web server's access log to a scenario: sessions, their arrivals, journeys and think times."""
