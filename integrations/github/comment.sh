#!/usr/bin/env bash
# Writes the architecture diff as a comment on the pull request. There is one of each system: the first line, which nobody
# sees, finds it again, and it is written anew in its place.
set -euo pipefail

file=${LOADPATH_DIFF:?}
if [[ -z ${PULL_REQUEST:-} ]]; then
    echo "::notice::loadpath: this is no pull request, so there is nothing to comment on"
    exit 0
fi
marker=$(head --lines=1 "$file")
comments=repos/${GITHUB_REPOSITORY:?}/issues
# The marker is handed over as a variable: no part of it is a program.
id=$(gh api --paginate "$comments/$PULL_REQUEST/comments" --jq '.[] | [.id, (.body | split("\n")[0] | rtrimstr("\r"))] | @tsv' |
    awk -F '\t' -v marker="$marker" '$2 == marker && !found { print $1; found = 1 }')
if [[ -n $id ]]; then
    gh api --silent --method PATCH "$comments/comments/$id" --field "body=@$file"
else
    gh api --silent --method POST "$comments/$PULL_REQUEST/comments" --field "body=@$file"
fi
