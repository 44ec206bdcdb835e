"""Import of a browser's recording (HAR): from requests and answers to steps that take their values anew each time."""
