/*+++
id = "doorstart"
version = 1
status = "in-use"
subject = "Person"
time = "history"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Nieuw bedrijf na een opheffing met een wissel van bestuurder"
en = "New company after a dissolution with a change of director"

[meaning]
nl = "Kort voor het einde van een bedrijf ging de bestuurder weg en kwam een ander. Kort daarna begon de oude bestuurder een nieuw bedrijf op hetzelfde adres. Schuldeisers kunnen zo worden benadeeld."
en = "Shortly before the end of a company its director left and somebody else came. Shortly after, the former director began a new company at the same address. Creditors can be harmed like that."

[explain]
nl = "Weg als bestuurder {days} dagen voor het einde, en {gap} dagen na het einde een nieuw bedrijf op hetzelfde adres."
en = "Left as director {days} days before the end, and {gap} days after the end a new company at the same address."

[lowers]
nl = "Een curator die de doorstart heeft goedgekeurd, of schulden die zijn betaald."
en = "A receiver who approved of the new start, or debts that were paid."

[[falsepositives]]
nl = "Een gewone doorstart met toestemming van de curator."
en = "An ordinary new start with consent of the receiver."

[[falsepositives]]
nl = "Een overname door de opvolger, gevolgd door een andere onderneming."
en = "A take-over by the successor, followed by another business."

[legal]
basis = "Burgerlijk Wetboek 2, artikelen 106a tot en met 106e; Wet Bibob, artikel 3"

[params.change_days]
type = "days"
default = 183
min = 30
max = 365
title = { nl = "Meeste dagen tussen wissel en einde", en = "Most days between change and end" }
source = "Keuze van de gemeente"

[params.restart_days]
type = "days"
default = 92
min = 7
max = 365
title = { nl = "Meeste dagen tussen einde en begin", en = "Most days between end and begin" }
source = "Keuze van de gemeente"

[params.window_days]
type = "days"
default = 1095
min = 90
max = 3650
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Bestuurders vinden die een bedrijf met schulden achterlaten en opnieuw beginnen."
considerations = "Of er schulden waren staat niet in de gegevens. De markering is een vraag, geen verwijt."
+++*/
MATCH (p:Person)-[left:DIRECTOR_OF]->(old:Company)<-[came:DIRECTOR_OF]-(q:Person)
WHERE days_between(left.valid_to, old.dissolved) > 0
  AND days_between(left.valid_to, old.dissolved) <= $change_days
  AND days_between(came.valid_from, old.dissolved) >= 0
  AND days_between(came.valid_from, old.dissolved) <= $change_days
  AND days_between(old.dissolved, $as_of) >= 0
  AND days_between(old.dissolved, $as_of) <= $window_days
  AND p <> q
MATCH (p)-[again:DIRECTOR_OF]->(new:Company)-[here:REGISTERED_AT]->(a:Address)<-[there:REGISTERED_AT]-(old)
WHERE new <> old
  AND days_between(old.dissolved, new.founded) >= 0
  AND days_between(old.dissolved, new.founded) <= $restart_days
WITH p, min(days_between(left.valid_to, old.dissolved)) AS days,
     min(days_between(old.dissolved, new.founded)) AS gap, count(DISTINCT new) AS companies,
     collect(DISTINCT old) + collect(DISTINCT left) + collect(DISTINCT q) + collect(DISTINCT came)
     + collect(DISTINCT new) + collect(DISTINCT again) + collect(DISTINCT a)
     + collect(DISTINCT there) + collect(DISTINCT here) AS evidence
RETURN p AS subject, companies AS score, days, gap, companies, evidence
ORDER BY score DESC, id(p)
