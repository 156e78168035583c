/*+++
id = "katvanger-kenteken"
version = 1
status = "in-use"
subject = "Person"
time = "as_of"
complete = ["DIRECTOR_OF", "Company"]
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Houder van veel voertuigen"
en = "Holder of many vehicles"

[meaning]
nl = "Veel voertuigen staan op naam van deze persoon, die geen autohandel heeft. Misschien rijden anderen ermee, en zijn boetes en belasting voor deze persoon."
en = "Many vehicles are registered to this person, who has no car trade. Others may drive them, while fines and taxes go to this person."

[explain]
nl = "{vehicles} voertuigen op naam, zonder autobedrijf (grens {$min_vehicles})."
en = "{vehicles} vehicles in the name of this person, without a car business (threshold {$min_vehicles})."

[lowers]
nl = "Overschrijving van de voertuigen, of een autobedrijf dat in het handelsregister ontbrak."
en = "Transfer of the vehicles, or a car business that was missing in the trade register."

[[falsepositives]]
nl = "Een verzamelaar van oude auto's."
en = "A collector of old cars."

[[falsepositives]]
nl = "Een handelaar zonder inschrijving."
en = "A trader who is not registered."

[legal]
basis = "Kentekenreglement, artikel 40b; Gemeentewet, artikel 172"

[params.min_vehicles]
type = "int"
default = 10
min = 4
max = 200
title = { nl = "Minste aantal voertuigen", en = "Fewest vehicles" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Verkeer"]
begin = "2026-11"
goal = "Personen vinden op wiens naam anderen voertuigen zetten. Zij zijn vaak zelf slachtoffer."
considerations = "Wie een autobedrijf bestuurt, valt erbuiten. Daarom moet de scan alle bestuurders kunnen zien."
+++*/
MATCH (p:Person)-[r:HOLDS]->(v:Vehicle)
WITH p, count(DISTINCT v) AS vehicles, collect(DISTINCT v) + collect(DISTINCT r) AS evidence
WHERE vehicles >= $min_vehicles
  AND NOT EXISTS { MATCH (p)-[:DIRECTOR_OF]->(c:Company) WHERE c.sbi_code STARTS WITH '45' OR c.sbi_code STARTS WITH '7711' }
RETURN p AS subject, vehicles AS score, vehicles, evidence
ORDER BY score DESC, id(p)
