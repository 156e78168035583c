/*+++
id = "adrescarrousel"
version = 1
status = "in-use"
subject = "Address"
time = "history"
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Adrescarrousel"
en = "Carousel of addresses"

[meaning]
nl = "Op dit adres staan steeds andere mensen kort ingeschreven. Dat kan wijzen op inschrijvingen die niet kloppen, bijvoorbeeld voor toeslagen of om een schuldeiser te ontlopen."
en = "Ever different people are registered at this address for a short time. That may point to registrations that are not true, for benefits for instance, or to escape creditors."

[explain]
nl = "{persons} personen stonden hier in {$window_days} dagen kort ingeschreven, hooguit {$max_stay_days} dagen elk."
en = "{persons} persons were registered here for a short time within {$window_days} days, at most {$max_stay_days} days each."

[lowers]
nl = "Een verklaring voor de korte verblijven, zoals tijdelijke verhuur met vergunning."
en = "An explanation of the short stays, such as temporary letting with a permit."

[[falsepositives]]
nl = "Opvang, studentenhuisvesting en logies met woonfunctie."
en = "Shelters, student housing and lodgings registered as dwellings."

[[falsepositives]]
nl = "Tijdelijke verhuur tijdens een verbouwing."
en = "Temporary letting during building works."

[legal]
basis = "Wet BRP, artikelen 2.34 en 2.39"

[params.window_days]
type = "days"
default = 730
min = 90
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.max_stay_days]
type = "days"
default = 150
min = 30
max = 365
title = { nl = "Langste verblijf dat kort heet", en = "Longest stay that is called short" }
source = "Keuze van de gemeente"

[params.min_persons]
type = "int"
default = 4
min = 3
max = 30
title = { nl = "Minste aantal personen", en = "Fewest persons" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Burgerzaken"]
begin = "2026-11"
goal = "Adressen vinden waar inschrijvingen waarschijnlijk niet kloppen, zodat de BRP klopt en niemand ten onrechte toeslagen krijgt of misloopt."
considerations = "Alleen begin en einde van inschrijvingen tellen. Wie zij zijn speelt geen rol."
+++*/
MATCH (a:Address)<-[r:LIVES_AT]-(p:Person)
WHERE days_between(r.valid_from, $as_of) <= $window_days
  AND days_between(r.valid_from, r.valid_to) >= 0
  AND days_between(r.valid_from, r.valid_to) <= $max_stay_days
WITH a, count(DISTINCT p) AS persons, collect(DISTINCT p) + collect(DISTINCT r) AS evidence
WHERE persons >= $min_persons
RETURN a AS subject, persons AS score, persons, evidence
ORDER BY score DESC, id(a)
