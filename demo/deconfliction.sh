#!/bin/sh
# The inspector and the bug: two who may not see each other's work learn that the other is there, and no more.
#
#   verband demo --dir town --no-serve
#   demo/deconfliction.sh town
#
# It uses the demo's identities and nothing but the program (VERBAND names it; default `verband`). It stops at the first
# thing that is not as it should be.
set -eu
town=${1:?name the directory of a demo town that is not being served}
verband=${VERBAND:-verband}

# as IDENTITY PURPOSE COMMAND ...: one command about cases, as JSON.
as() {
    identity=$1 purpose=$2
    shift 2
    "$verband" --json case "$@" --config "$town/verband.toml" --as "$identity" --purpose "$purpose"
}
# The first value of a field in JSON on standard input.
value() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" | sed -n 1p; }
must_be() { [ "$2" = "$3" ] || { echo "$1: expected $2, got $3" >&2; exit 1; }; }
must_not_say() { case $3 in *"$2"*) echo "$1 says $2" >&2; exit 1 ;; esac; }
must_be_there() { [ -n "$2" ] || { echo "$1 is missing" >&2; exit 1; }; }
soon=$(date -u -d '+30 days' +%Y-%m-%d)

echo "The police has a case at Havenstraat 12. Who asks there must wait and call the coordinator."
police=$(as politie opsporing list | value id)
must_be_there 'the case of the police' "$police"
as politie opsporing presence "$police" --answer hold >/dev/null

echo "The housing inspector opens a case at the same door, and asks."
inspector=$(as inspecteur woonfraude open 'Overbewoning' --goal 'Klopt de bewoning?' --on '9901AB 12' --end "$soon" | value id)
must_be_there 'the case of the inspector' "$inspector"
told=$(as inspecteur woonfraude ask "$inspector")
must_be 'the inspector' hold "$(echo "$told" | value answer)"
must_not_say 'the answer to the inspector' politie "$told"
must_not_say 'the answer to the inspector' "$police" "$told"
echo "  inspector: $(echo "$told" | value nl)"

echo "The police and the coordinator are told."
notice=$(as politie opsporing notices)
must_be 'the notice to the police' "$(echo "$told" | value receipt)" "$(echo "$notice" | value receipt)"
must_not_say 'the notice to the police' inspecteur "$notice"
must_not_say 'the notice to the police' Overbewoning "$notice"
echo "  police: $(echo "$notice" | value nl)"
desk=$(as coordinator afstemming deconflictions)
must_be 'the desk of the coordinator' "$(echo "$told" | value receipt)" "$(echo "$desk" | value receipt)"
must_not_say 'the desk of the coordinator' Overbewoning "$desk"
"$verband" case deconflictions --config "$town/verband.toml" --as coordinator --purpose afstemming | sed 's/^/  coordinator: /'

echo "Now the police keeps its case silent. The inspector asks once more."
as politie opsporing presence "$police" --answer silent --until "$soon" >/dev/null
silent=$(as inspecteur woonfraude ask "$inspector")
must_be 'the inspector' none-filed "$(echo "$silent" | value answer)"
echo "  inspector: $(echo "$silent" | value nl)"

echo "At another door, where nobody is, the inspector is told the same, to the letter."
other=$(as inspecteur woonfraude open 'Overbewoning' --goal 'Klopt de bewoning?' --on '9901AB 10' --end "$soon" | value id)
must_be_there 'the other case of the inspector' "$other"
none=$(as inspecteur woonfraude ask "$other")
without_receipt() { sed 's/"receipt": "[^"]*"/"receipt": ""/'; }
must_be 'the other door' "$(echo "$none" | without_receipt)" "$(echo "$silent" | without_receipt)"

echo "The police and the coordinator know that it was asked; the inspector does not know that they know."
must_be 'the notice to the police' "$(echo "$silent" | value receipt)" "$(as politie opsporing notices | value receipt)"
must_be 'the desk of the coordinator' "$(echo "$silent" | value receipt)" "$(as coordinator afstemming deconflictions | value receipt)"
must_not_say 'the notices of the inspector' "$(echo "$silent" | value receipt)" "$(as inspecteur woonfraude notices)"

echo "All of it stands in the log."
"$verband" audit reads "$town/audit" --by inspecteur | grep 'deconfliction' | sed 's/^/  /'
"$verband" audit verify "$town/audit"
