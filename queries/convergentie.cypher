/*+++
id = "convergentie"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 90
realert_after_days = 30

[title]
nl = "Meer diensten zijn met hetzelfde pand bezig"
en = "Several services work on the same premises"

[meaning]
nl = "Twee of meer diensten hebben kort na elkaar een signaal over dit pand of over wie er woont dat nog niet is afgedaan. Zij kunnen elkaar in de weg lopen. Overleg eerst."
en = "Two or more services have, within a short time, a signal about these premises or who lives there that is not closed. They may get in each other's way. Confer first."

[explain]
nl = "{departments} diensten hebben samen {signals} lopende signalen van de laatste {$window_days} dagen over dit pand of zijn bewoners."
en = "{departments} services together have {signals} signals under way of the last {$window_days} days about these premises or their residents."

[lowers]
nl = "Een signaal dat wordt afgedaan, of overleg waarbij één dienst het overneemt."
en = "A signal that is closed, or a talk after which one service takes over."

[[falsepositives]]
nl = "Diensten die al samen optrekken."
en = "Services that already work together."

[legal]
basis = "Gemeentewet, artikelen 172 en 174a; Opiumwet, artikel 13b; Wet gegevensverwerking door samenwerkingsverbanden, artikel 2.17"

[params.window_days]
type = "days"
default = 90
min = 7
max = 365
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.min_departments]
type = "int"
default = 2
min = 2
max = 10
title = { nl = "Minste aantal diensten", en = "Fewest services" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Openbare orde en veiligheid"]
begin = "2026-11"
goal = "Voorkomen dat diensten elkaar hinderen of een bewoner door drie diensten tegelijk wordt bezocht."
considerations = "Alleen wie alle signalen mag zien, ziet deze markering. Voor anderen is er de vraag of er een contactpersoon is, zonder inhoud."
+++*/
MATCH path = (a:Address)<-[:LIVES_AT|ABOUT*1..2]-(s:Signal)
WHERE s.status IN ['open', 'in behandeling']
  AND days_between(s.date, $as_of) >= 0 AND days_between(s.date, $as_of) <= $window_days
UNWIND nodes(path) + relationships(path) AS element
WITH a, count(DISTINCT head(owners(s))) AS departments, count(DISTINCT s) AS signals,
     collect(DISTINCT element) AS evidence
WHERE departments >= $min_departments
RETURN a AS subject, departments AS score, departments, signals, evidence
ORDER BY score DESC, id(a)
