/*+++
id = "spookbewoning"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Ingeschreven, maar er lijkt niemand te wonen"
en = "Registered, but nobody seems to live there"

[meaning]
nl = "Volgens de BRP wonen hier mensen. Meldingen zeggen dat de woning leeg lijkt. Misschien kloppen de inschrijvingen niet."
en = "People live here according to the civil registry. Reports say that the dwelling seems empty. The registrations may not be true."

[explain]
nl = "{persons} personen staan ingeschreven, en {signals} meldingen in {$window_days} dagen zeggen dat de woning leeg lijkt."
en = "{persons} persons are registered, and {signals} reports in {$window_days} days say that the dwelling seems empty."

[lowers]
nl = "Een huisbezoek waarbij iemand opendoet, of een bewoner die tijdelijk weg is."
en = "A visit at which someone opens, or a resident who is away for a time."

[[falsepositives]]
nl = "Bewoners die lang op reis of in het ziekenhuis zijn."
en = "Residents who travel for long or are in hospital."

[[falsepositives]]
nl = "Een melding over de buurwoning."
en = "A report that meant the dwelling next door."

[legal]
basis = "Wet BRP, artikelen 2.34 en 2.39"

[params.window_days]
type = "days"
default = 365
min = 30
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.min_signals]
type = "int"
default = 2
min = 1
max = 20
title = { nl = "Minste aantal meldingen van leegstand", en = "Fewest reports of vacancy" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Burgerzaken"]
begin = "2026-11"
goal = "Inschrijvingen vinden die waarschijnlijk niet kloppen."
considerations = "Energieverbruik en retourpost zouden meer zeggen; die gegevens zijn er niet. Daarom zijn twee meldingen nodig."
+++*/
MATCH (a:Address)<-[t:ABOUT]-(s:Signal)
WHERE s.signal_type = 'leegstand'
  AND days_between(s.date, $as_of) >= 0 AND days_between(s.date, $as_of) <= $window_days
WITH a, count(DISTINCT s) AS signals, collect(DISTINCT s) + collect(DISTINCT t) AS told
WHERE signals >= $min_signals
MATCH (a)<-[r:LIVES_AT]-(p:Person)
WHERE r.function = 'W'
WITH a, signals, told, count(DISTINCT p) AS persons, collect(DISTINCT p) + collect(DISTINCT r) AS residents
RETURN a AS subject, signals AS score, signals, persons, told + residents AS evidence
ORDER BY score DESC, id(a)
