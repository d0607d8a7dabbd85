from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "publishing"

    def ready(self) -> None:
        # `papers` has the forms, but only `publishing` knows the dialect; so it hands the check down.
        # Models can't be imported before this point, so neither can what imports them.
        from papers import changes, forms
        from publishing import markdown, verification

        forms.refusals = markdown.refusals
        if verification.follow not in changes.followers:
            changes.followers.append(verification.follow)
