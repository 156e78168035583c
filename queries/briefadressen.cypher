/*+++
id = "briefadressen"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Veel briefadressen op een adres"
en = "Many letter addresses at one address"

[meaning]
nl = "Veel mensen hebben hier alleen een briefadres. Zij wonen er niet. Dat kan hulp zijn, maar ook handel in inschrijvingen."
en = "Many people have only a letter address here. They do not live there. That may be help, or a trade in registrations."

[explain]
nl = "{persons} personen hebben een briefadres op dit adres (grens {$min_persons})."
en = "{persons} persons have a letter address here (threshold {$min_persons})."

[lowers]
nl = "Een instelling die briefadressen mag geven, of beëindigde briefadressen."
en = "An institution that may give letter addresses, or letter addresses that end."

[[falsepositives]]
nl = "Maatschappelijke opvang en instellingen die de gemeente heeft aangewezen."
en = "Shelters and institutions that the municipality has appointed."

[[falsepositives]]
nl = "Schippers en varenden met een briefadres bij familie."
en = "Skippers with a letter address at their family."

[legal]
basis = "Wet BRP, artikelen 2.34 en 2.39"

[params.min_persons]
type = "int"
default = 5
min = 3
max = 50
title = { nl = "Minste aantal personen", en = "Fewest persons" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Burgerzaken"]
begin = "2026-11"
goal = "Adressen vinden waar met briefadressen lijkt te worden gehandeld."
considerations = "De lijst van aangewezen instellingen zit niet in de gegevens; wie oordeelt, kent haar. Wie een briefadres heeft is vaak kwetsbaar: de markering gaat over het adres."
+++*/
MATCH (a:Address)<-[:LIVES_AT]-(p:Person)
WITH a, count(DISTINCT p) AS registered
WHERE registered >= $min_persons
MATCH (a)<-[r:LIVES_AT]-(p:Person)
WHERE r.function = 'B'
WITH a, count(DISTINCT p) AS persons, collect(DISTINCT p) + collect(DISTINCT r) AS evidence
WHERE persons >= $min_persons
RETURN a AS subject, persons AS score, persons, evidence
ORDER BY score DESC, id(a)
