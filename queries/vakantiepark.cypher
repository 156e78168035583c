/*+++
id = "vakantiepark"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Bewoning van een logiesverblijf"
en = "Living in holiday lodgings"

[meaning]
nl = "Mensen staan al maanden ingeschreven in een gebouw dat voor logies is. Daar mag vaak niet worden gewoond, en het is er niet altijd veilig."
en = "People have been registered for months in a building that is meant for lodging. Living there is often not allowed, and not always safe."

[explain]
nl = "{persons} personen staan langer dan {$min_days} dagen ingeschreven op een adres met logiesfunctie."
en = "{persons} persons have been registered for more than {$min_days} days at an address for lodging."

[lowers]
nl = "Een persoonsgebonden gedoogbeschikking, een andere bestemming, of vertrek."
en = "A personal permit to stay, another zoning, or departure."

[[falsepositives]]
nl = "Beheerders en personeel met een dienstwoning."
en = "Managers and staff with a house that goes with the job."

[[falsepositives]]
nl = "Mensen met een gedoogbeschikking."
en = "People with a personal permit."

[legal]
basis = "Omgevingswet, artikel 5.1; Wet BRP, artikelen 2.34 en 2.39"

[params.min_days]
type = "days"
default = 122
min = 30
max = 730
title = { nl = "Minste dagen ingeschreven", en = "Fewest days registered" }
source = "Keuze van de gemeente"

[params.min_persons]
type = "int"
default = 1
min = 1
max = 50
title = { nl = "Minste aantal personen", en = "Fewest persons" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Ruimte en infrastructuur"]
begin = "2026-11"
goal = "Bewoning vinden waar die niet veilig of niet toegestaan is, en bewoners aan een plek helpen."
considerations = "Bewoners hebben vaak geen andere plek. De markering gaat over het adres."
+++*/
MATCH (a:Address)<-[r:LIVES_AT]-(p:Person)
WHERE a.use CONTAINS 'logiesfunctie' AND r.function = 'W'
  AND days_between(r.valid_from, $as_of) > $min_days
WITH a, count(DISTINCT p) AS persons, collect(DISTINCT p) + collect(DISTINCT r) AS evidence
WHERE persons >= $min_persons
RETURN a AS subject, persons AS score, persons, evidence
ORDER BY score DESC, id(a)
