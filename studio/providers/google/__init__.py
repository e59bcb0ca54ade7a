"""Google: Vertex AI and the Gemini API."""
