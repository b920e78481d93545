"""Pictures from Lottie: ThorVG in a child process that may crash without harm."""
