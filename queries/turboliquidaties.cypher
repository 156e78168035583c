/*+++
id = "turboliquidaties"
version = 1
status = "in-use"
subject = "Person"
time = "history"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Reeks opgeheven bedrijven van een bestuurder"
en = "Series of dissolved companies of one director"

[meaning]
nl = "Deze persoon was bestuurder van drie of meer bedrijven zonder personeel die binnen twee jaar zijn opgeheven. Schulden kunnen zo verdwijnen."
en = "This person directed three or more companies without staff that were dissolved within two years. Debts can vanish like that."

[explain]
nl = "{companies} bedrijven zonder personeel zijn opgeheven in {$window_days} dagen (grens {$min_companies})."
en = "{companies} companies without staff were dissolved in {$window_days} days (threshold {$min_companies})."

[lowers]
nl = "Jaarstukken die laten zien dat er geen schulden waren."
en = "Accounts that show that there were no debts."

[[falsepositives]]
nl = "Het opruimen van lege vennootschappen in een concern."
en = "Tidying up empty companies of a group."

[[falsepositives]]
nl = "Een projectontwikkelaar met een vennootschap per project."
en = "A developer with a company a project."

[legal]
basis = "Tijdelijke wet transparantie turboliquidatie, artikel 19b; Wet Bibob, artikel 3"

[params.window_days]
type = "days"
default = 730
min = 90
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Justis: reeks ontbindingen binnen 24 maanden"

[params.min_companies]
type = "int"
default = 3
min = 2
max = 20
title = { nl = "Minste aantal bedrijven", en = "Fewest companies" }
source = "Keuze van de gemeente"

[params.max_employees]
type = "int"
default = 0
min = 0
max = 5
title = { nl = "Meeste medewerkers", en = "Most employees" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Bestuurders vinden die vennootschappen gebruiken om schulden kwijt te raken."
considerations = "Eén opheffing is gewoon. Drie in twee jaar zonder personeel is dat niet, maar kan een goede reden hebben."
+++*/
MATCH (p:Person)-[r:DIRECTOR_OF]->(c:Company)
WHERE c.legal_form = 'Besloten Vennootschap' AND c.employees <= $max_employees
  AND days_between(c.dissolved, $as_of) >= 0 AND days_between(c.dissolved, $as_of) <= $window_days
WITH p, count(DISTINCT c) AS companies, collect(DISTINCT c) + collect(DISTINCT r) AS evidence
WHERE companies >= $min_companies
RETURN p AS subject, companies AS score, companies, evidence
ORDER BY score DESC, id(p)
