"""`make fresh`: sets the data of `make run` aside, so that the next run starts afresh."""

from datetime import datetime

from config import locations

from . import postgres
from .run import hold, start


def main():
    """Rename the data folder, and say what it is called now."""
    folder = locations.data_folder()
    if not folder.exists():
        print(f"There is nothing in {folder}: `make run` starts anew.")
        return
    lock = hold(folder)
    postgres.Server(folder).stop()  # a run that was killed may have left it
    aside = folder.with_name(f"{folder.name}-until-{datetime.now():%Y-%m-%d-%H%M%S}")
    folder.rename(aside)
    lock.close()
    print(f"What was in {folder} is now in {aside}; delete it when you need it no more.")


if __name__ == "__main__":
    start(main)
