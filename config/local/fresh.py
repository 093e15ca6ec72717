"""`make fresh`: set the data of `make run` aside, so that it starts anew."""

from datetime import datetime

from . import folders, postgres
from .run import hold, start


def main():
    folder = folders.data_folder()
    if not folder.exists():
        print(f"There is nothing in {folder}: `make run` starts anew.")
        return
    lock = hold(folder)
    postgres.Server(folder).stop()  # which a run that was killed may have left
    aside = folder.with_name(f"{folder.name}-until-{datetime.now():%Y-%m-%d-%H%M%S}")
    folder.rename(aside)
    lock.close()
    print(f"What was in {folder} is now in {aside}; delete it when you need it no more.")


if __name__ == "__main__":
    start(main)
