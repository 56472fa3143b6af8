"""A story: one function that plays what people do with the real programs and raises Failure when it turns out otherwise."""

STORIES = []


def story(sentence, long=False):
    """Registers the function under its sentence. long: takes over 20 s, runs with ./mesh test --long only."""
    def keep(function):
        function.sentence, function.long = sentence, long
        STORIES.append(function)
        return function
    return keep
