"""A column of another type, which the views of the past hold on to: pages of the past must wait."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("next", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE inspections_source ALTER COLUMN publisher TYPE varchar(300)"),
    ]
