"""A column more, in a table that nearly every page reads."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("findings", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE findings_finding ADD COLUMN of_the_next_release text"),
    ]
