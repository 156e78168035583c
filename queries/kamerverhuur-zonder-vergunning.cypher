/*+++
id = "kamerverhuur-zonder-vergunning"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
complete = ["PERMITS", "Permit", "PARTNER_OF", "PARENT_OF", "LIVES_AT"]
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Kamerverhuur zonder vergunning"
en = "Letting of rooms without a permit"

[meaning]
nl = "Er zijn meldingen dat hier kamers worden verhuurd, er staan meer huishoudens ingeschreven, en er is geen geldige vergunning."
en = "There are reports that rooms are let here, more people are registered, and there is no valid permit."

[explain]
nl = "{persons} personen ingeschreven, {signals} meldingen van verhuur in {$window_days} dagen, en geen geldige omzettingsvergunning."
en = "{persons} persons registered, {signals} reports of letting in {$window_days} days, and no valid permit to let rooms."

[lowers]
nl = "Een vergunning die nog niet is verwerkt, of een controle waarbij één huishouden is aangetroffen."
en = "A permit that has not been entered yet, or a visit that found one household."

[[falsepositives]]
nl = "Een gezin met volwassen kinderen en een melding van een buur."
en = "A family with grown children, and a report by a neighbour."

[[falsepositives]]
nl = "Verhuur van één kamer bij de eigenaar in huis."
en = "One room let in the owner's own house."

[legal]
basis = "Huisvestingswet 2014, artikelen 21 en 33; Wet BRP, artikel 2.39"

[params.window_days]
type = "days"
default = 1095
min = 30
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.min_signals]
type = "int"
default = 1
min = 1
max = 20
title = { nl = "Minste aantal meldingen van verhuur", en = "Fewest reports of letting" }
source = "Keuze van de gemeente"

[params.min_persons]
type = "int"
default = 4
min = 2
max = 30
title = { nl = "Minste aantal ingeschreven personen", en = "Fewest registered persons" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Ruimte en infrastructuur"]
begin = "2026-11"
goal = "Woningen vinden waar kamers worden verhuurd zonder de vergunning die brandveiligheid en leefbaarheid toetst."
considerations = "Zonder melding geen markering: een vol huis alleen is geen reden. Gezinnen vallen erbuiten."
+++*/
MATCH (a:Address)<-[t:ABOUT]-(s:Signal)
WHERE s.signal_type = 'illegale_verhuur'
  AND days_between(s.date, $as_of) >= 0 AND days_between(s.date, $as_of) <= $window_days
WITH a, count(DISTINCT s) AS signals, collect(DISTINCT s) + collect(DISTINCT t) AS told
WHERE signals >= $min_signals
MATCH (a)<-[r:LIVES_AT]-(p:Person)
WHERE r.function = 'W'
WITH a, signals, told, count(DISTINCT p) AS persons, collect(DISTINCT p) + collect(DISTINCT r) AS residents
WHERE persons >= $min_persons
  AND NOT EXISTS { MATCH (a)<-[:PERMITS]-(m:Permit) WHERE m.permit_type STARTS WITH 'omzettingsvergunning' }
  AND NOT EXISTS { MATCH (a)<-[:LIVES_AT]-(:Person)-[:PARTNER_OF|PARENT_OF]-(:Person)-[:LIVES_AT]->(a) }
RETURN a AS subject, signals AS score, signals, persons, told + residents AS evidence
ORDER BY score DESC, id(a)
