/*+++
id = "drugspand"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Verschillende aanwijzingen voor drugs op een adres"
en = "Different signs of drugs at an address"

[meaning]
nl = "Over dit adres zijn meldingen van verschillende soort en van verschillende diensten die bij drugs passen. Eén melding zegt weinig; samen vragen ze om een blik."
en = "There are reports of different kinds and of different services about this address that fit drugs. One report says little; together they ask for a look."

[explain]
nl = "{signals} meldingen van {kinds} soorten en {departments} diensten in {$window_days} dagen, waaronder drugs."
en = "{signals} reports of {kinds} kinds and {departments} services in {$window_days} days, drugs among them."

[lowers]
nl = "Een controle zonder bevindingen, of een melding die over een ander adres ging."
en = "A check without findings, or a report that meant another address."

[[falsepositives]]
nl = "Een coffeeshop of de buren daarvan."
en = "A licensed coffee shop, or its neighbours."

[[falsepositives]]
nl = "Jongeren die voor de deur hangen."
en = "Youths who hang about before the door."

[legal]
basis = "Opiumwet, artikel 13b; Gemeentewet, artikel 174a"

[params.window_days]
type = "days"
default = 365
min = 30
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.min_kinds]
type = "int"
default = 2
min = 2
max = 6
title = { nl = "Minste aantal soorten meldingen", en = "Fewest kinds of reports" }
source = "Keuze van de gemeente"

[params.min_departments]
type = "int"
default = 2
min = 2
max = 6
title = { nl = "Minste aantal diensten", en = "Fewest services" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Openbare orde en veiligheid"]
begin = "2026-11"
goal = "Panden vinden waar waarschijnlijk drugs worden gemaakt of verkocht."
considerations = "Er is een melding van drugs nodig en een melding van een andere soort door een andere dienst. Eén melder kan dus geen markering maken."
+++*/
MATCH (a:Address)<-[:ABOUT]-(d:Signal)
WHERE d.signal_type = 'drugs'
  AND days_between(d.date, $as_of) >= 0 AND days_between(d.date, $as_of) <= $window_days
WITH a, count(DISTINCT d) AS drugs
WHERE drugs >= 1
MATCH (a)<-[r:ABOUT]-(s:Signal)
WHERE s.signal_type IN ['drugs', 'heling', 'overlast', 'woonoverlast', 'brandveiligheid', 'illegale_verhuur']
  AND days_between(s.date, $as_of) >= 0 AND days_between(s.date, $as_of) <= $window_days
WITH a, count(DISTINCT s.signal_type) AS kinds, count(DISTINCT head(owners(s))) AS departments,
     count(DISTINCT s) AS signals, collect(DISTINCT s) + collect(DISTINCT r) AS evidence
WHERE kinds >= $min_kinds AND departments >= $min_departments
RETURN a AS subject, signals AS score, signals, kinds, departments, evidence
ORDER BY score DESC, id(a)
