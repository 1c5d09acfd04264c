"""How well a text matches what is searched for."""


def relevance(text: str, words: tuple[str, ...]) -> int:
    """Return how a folded text holds the words: 3 begins with them, 2 has them in a row, 1 has each, 0 has not."""
    phrase = " ".join(words)
    if text.startswith(phrase):
        return 3
    if phrase in text:
        return 2
    return 1 if all(word in text for word in words) else 0
