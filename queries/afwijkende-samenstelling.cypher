/*+++
id = "afwijkende-samenstelling"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
complete = ["PARTNER_OF", "PARENT_OF", "LIVES_AT"]
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Volwassenen zonder familieband in een woning"
en = "Adults without family ties in one dwelling"

[meaning]
nl = "In deze woning wonen vier of meer volwassenen die volgens de BRP geen familie zijn. Dat mag vaak, maar kan kamerverhuur zonder vergunning zijn."
en = "Four or more adults live in this dwelling who are no family according to the civil registry. That is often allowed, but may be letting of rooms without a permit."

[explain]
nl = "{adults} volwassenen zonder partner, ouder of kind onder elkaar staan op dit adres ingeschreven (grens {$min_adults})."
en = "{adults} adults without partner, parent or child among each other are registered at this address (threshold {$min_adults})."

[lowers]
nl = "Een familieband die de BRP niet kent, een vergunning voor kamerverhuur, of vertrek van bewoners."
en = "A family tie that the registry does not know, a permit to let rooms, or residents who leave."

[[falsepositives]]
nl = "Broers en zussen, of een gezin waarvan de ouders niet in de BRP staan."
en = "Brothers and sisters, or a family of which the parents are not in the registry."

[[falsepositives]]
nl = "Studentenhuizen en woongroepen met vergunning."
en = "Student houses and communities with a permit."

[legal]
basis = "Huisvestingswet 2014, artikelen 21 en 33; Wet BRP, artikel 2.39"

[params.min_adults]
type = "int"
default = 4
min = 3
max = 20
title = { nl = "Minste aantal volwassenen", en = "Fewest adults" }
source = "Keuze van de gemeente"

[params.adult_days]
type = "days"
default = 6575
min = 6575
max = 7670
title = { nl = "Leeftijd in dagen waarop iemand volwassen is", en = "Age in days of an adult" }
source = "Burgerlijk Wetboek 1, artikel 233"

[register]
category = "Impactvolle algoritmes"
themes = ["Ruimte en infrastructuur"]
begin = "2026-11"
goal = "Woningen vinden waar kamers verhuurd lijken te worden, zodat wordt nagegaan of dat mag en veilig is."
considerations = "Familiebanden worden alleen gebruikt om gezinnen buiten beeld te houden. Nationaliteit en herkomst spelen geen rol."
+++*/
MATCH (a:Address)<-[:LIVES_AT]-(p:Person)
WITH a, count(DISTINCT p) AS registered
WHERE registered >= $min_adults AND a.use CONTAINS 'woonfunctie'
MATCH (a)<-[r:LIVES_AT]-(p:Person)
WHERE r.function = 'W' AND days_between(p.birth_date, $as_of) >= $adult_days
  AND NOT EXISTS { MATCH (p)-[:PARTNER_OF|PARENT_OF]-(q:Person)-[:LIVES_AT]->(a) }
WITH a, registered, count(DISTINCT p) AS adults, collect(DISTINCT p) + collect(DISTINCT r) AS evidence
WHERE adults >= $min_adults
  AND NOT EXISTS { MATCH (a)<-[:LIVES_AT]-(:Person)-[:PARTNER_OF|PARENT_OF]-(:Person)-[:LIVES_AT]->(a) }
RETURN a AS subject, adults AS score, adults, evidence
ORDER BY score DESC, id(a)
