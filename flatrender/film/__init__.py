"""FFmpeg: argument lists, encoding, probing, composition; decides whether a film is complete."""
