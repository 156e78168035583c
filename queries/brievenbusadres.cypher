/*+++
id = "brievenbusadres"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Veel bedrijven zonder personeel op een klein adres"
en = "Many companies without staff at a small address"

[meaning]
nl = "Op dit kleine adres staan veel bedrijven ingeschreven waar niemand werkt. Zulke bedrijven bestaan soms alleen op papier."
en = "Many companies where nobody works are registered at this small address. Such companies sometimes exist on paper only."

[explain]
nl = "{companies} bedrijven met hooguit {$max_employees} medewerker staan op een adres van {area} m2."
en = "{companies} companies with at most {$max_employees} employee are registered at an address of {area} m2."

[lowers]
nl = "Verhuizing of opheffing van de bedrijven, of een vergunning als bedrijfsverzamelgebouw."
en = "Companies that move or end, or a permit as a business centre."

[[falsepositives]]
nl = "Een administratiekantoor of notaris waar klanten staan ingeschreven."
en = "An accountant or notary where clients are registered."

[[falsepositives]]
nl = "Een bedrijfsverzamelgebouw waarvan de BAG één kleine ruimte noemt."
en = "A business centre of which the BAG names one small room."

[legal]
basis = "Handelsregisterwet 2007, artikel 38; Wet Bibob, artikel 3"

[params.min_companies]
type = "int"
default = 10
min = 5
max = 200
title = { nl = "Minste aantal bedrijven", en = "Fewest companies" }
source = "Keuze van de gemeente"

[params.max_area_m2]
type = "m2"
default = 100
min = 10
max = 1000
title = { nl = "Grootste oppervlakte", en = "Largest floor area" }
source = "Keuze van de gemeente"

[params.max_employees]
type = "int"
default = 1
min = 0
max = 5
title = { nl = "Meeste medewerkers per bedrijf", en = "Most employees a company" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Adressen vinden waar bedrijven alleen op papier lijken te bestaan."
considerations = "Alleen openbare gegevens uit handelsregister en BAG. Geen persoonsgegevens."
+++*/
MATCH (a:Address)<-[:REGISTERED_AT]-(c:Company)
WITH a, count(DISTINCT c) AS registered
WHERE registered >= $min_companies AND a.floor_area_m2 < $max_area_m2
MATCH (a)<-[r:REGISTERED_AT]-(c:Company)
WHERE c.employees <= $max_employees
WITH a, count(DISTINCT c) AS companies, collect(DISTINCT c) + collect(DISTINCT r) AS evidence
WHERE companies >= $min_companies
RETURN a AS subject, companies AS score, companies, a.floor_area_m2 AS area, evidence
ORDER BY score DESC, id(a)
