@testable import Tasks

/// Sentences such as chains of thought are made of, written for these tests.
enum LanguageSentences {
  /// The same twelve (of Persian and Arabic seven), short ones and sums among them, in languages that
  /// share their scripts.
  static let table: [(language: Language, sentences: [String])] = [
    (
      .en,
      [
        "First we add the two numbers, then we divide by three.",
        "3 + 4 = 7, so she has 7 apples.",
        "She has 7 apples left.",
        "Let x be the number of apples.",
        "Wait, let me check that again.",
        "So the answer is 42.",
        "Each box holds 12 eggs, so 5 boxes hold 60 eggs.",
        "Hmm, that does not look right.",
        "We know that n is even.",
        "Therefore the total cost is 36 dollars.",
        "Janet sells 16 - 3 - 4 = 9 eggs per day.",
        "The train travels 60 km in one hour.",
      ]
    ),
    (
      .de,
      [
        "Zuerst addieren wir die beiden Zahlen, dann teilen wir durch drei.",
        "3 + 4 = 7, also hat sie 7 Äpfel.",
        "Sie hat noch 7 Äpfel übrig.",
        "Sei x die Anzahl der Äpfel.",
        "Warte, ich prüfe das noch einmal.",
        "Also ist die Antwort 42.",
        "Jede Schachtel enthält 12 Eier, also enthalten 5 Schachteln 60 Eier.",
        "Hm, das sieht nicht richtig aus.",
        "Wir wissen, dass n gerade ist.",
        "Daher betragen die Gesamtkosten 36 Euro.",
        "Anna verkauft 16 - 3 - 4 = 9 Eier am Tag.",
        "Der Zug fährt 60 km in einer Stunde.",
      ]
    ),
    (
      .fr,
      [
        "D'abord, on additionne les deux nombres, puis on divise par trois.",
        "3 + 4 = 7, donc elle a 7 pommes.",
        "Il lui reste 7 pommes.",
        "Soit x le nombre de pommes.",
        "Attends, je vérifie encore une fois.",
        "La réponse est donc 42.",
        "Chaque boîte contient 12 œufs, donc 5 boîtes contiennent 60 œufs.",
        "Hmm, cela ne semble pas correct.",
        "On sait que n est pair.",
        "Le coût total est donc de 36 euros.",
        "Jeanne vend 16 - 3 - 4 = 9 œufs par jour.",
        "Le train parcourt 60 km en une heure.",
      ]
    ),
    (
      .es,
      [
        "Primero sumamos los dos números y luego dividimos entre tres.",
        "3 + 4 = 7, así que tiene 7 manzanas.",
        "Le quedan 7 manzanas.",
        "Sea x el número de manzanas.",
        "Espera, voy a comprobarlo otra vez.",
        "La respuesta es 42.",
        "Cada caja contiene 12 huevos, así que 5 cajas contienen 60 huevos.",
        "Hmm, eso no parece correcto.",
        "Sabemos que n es par.",
        "Por lo tanto, el costo total es de 36 euros.",
        "Ana vende 16 - 3 - 4 = 9 huevos al día.",
        "El tren recorre 60 km en una hora.",
      ]
    ),
    (
      .it,
      [
        "Prima sommiamo i due numeri, poi dividiamo per tre.",
        "3 + 4 = 7, quindi ha 7 mele.",
        "Le restano 7 mele.",
        "Sia x il numero di mele.",
        "Aspetta, ricontrollo ancora una volta.",
        "Quindi la risposta è 42.",
        "Ogni scatola contiene 12 uova, quindi 5 scatole contengono 60 uova.",
        "Hmm, questo non sembra giusto.",
        "Sappiamo che n è pari.",
        "Il costo totale è dunque di 36 euro.",
        "Anna vende 16 - 3 - 4 = 9 uova al giorno.",
        "Il treno percorre 60 km in un'ora.",
      ]
    ),
    (
      .pt,
      [
        "Primeiro somamos os dois números e depois dividimos por três.",
        "3 + 4 = 7, então ela tem 7 maçãs.",
        "Ela ainda tem 7 maçãs.",
        "Seja x o número de maçãs.",
        "Espere, vou verificar de novo.",
        "Portanto, a resposta é 42.",
        "Cada caixa contém 12 ovos, então 5 caixas contêm 60 ovos.",
        "Hum, isso não parece certo.",
        "Sabemos que n é par.",
        "O custo total é, portanto, de 36 reais.",
        "Ana vende 16 - 3 - 4 = 9 ovos por dia.",
        "O trem percorre 60 km em uma hora.",
      ]
    ),
    (
      .nl,
      [
        "Eerst tellen we de twee getallen op, daarna delen we door drie.",
        "3 + 4 = 7, dus ze heeft 7 appels.",
        "Ze heeft nog 7 appels over.",
        "Laat x het aantal appels zijn.",
        "Wacht, ik controleer het nog een keer.",
        "Dus het antwoord is 42.",
        "Elke doos bevat 12 eieren, dus 5 dozen bevatten 60 eieren.",
        "Hmm, dat lijkt niet te kloppen.",
        "We weten dat n even is.",
        "De totale kosten zijn dus 36 euro.",
        "Anna verkoopt 16 - 3 - 4 = 9 eieren per dag.",
        "De trein rijdt 60 km in een uur.",
      ]
    ),
    (
      .pl,
      [
        "Najpierw dodajemy dwie liczby, a potem dzielimy przez trzy.",
        "3 + 4 = 7, więc ma 7 jabłek.",
        "Zostało jej 7 jabłek.",
        "Niech x będzie liczbą jabłek.",
        "Czekaj, sprawdzę to jeszcze raz.",
        "Odpowiedź to 42.",
        "Każde pudełko zawiera 12 jajek, więc 5 pudełek zawiera 60 jajek.",
        "Hm, to nie wygląda dobrze.",
        "Wiemy, że n jest parzyste.",
        "Całkowity koszt wynosi więc 36 złotych.",
        "Anna sprzedaje 16 - 3 - 4 = 9 jajek dziennie.",
        "Pociąg jedzie 60 km w ciągu godziny.",
      ]
    ),
    (
      .ru,
      [
        "Сначала сложим два числа, потом разделим на три.",
        "3 + 4 = 7, значит, у неё 7 яблок.",
        "У неё осталось 7 яблок.",
        "Пусть x — число яблок.",
        "Подожди, проверю ещё раз.",
        "Ответ: 42.",
        "В каждой коробке 12 яиц, поэтому в 5 коробках 60 яиц.",
        "Хм, это выглядит неправильно.",
        "Мы знаем, что n чётное.",
        "Следовательно, общая стоимость равна 36 рублям.",
        "Анна продаёт 16 - 3 - 4 = 9 яиц в день.",
        "Поезд проезжает 60 км за один час.",
      ]
    ),
    (
      .uk,
      [
        "Спочатку додамо два числа, потім поділимо на три.",
        "3 + 4 = 7, отже, у неї 7 яблук.",
        "У неї залишилося 7 яблук.",
        "Нехай x — кількість яблук.",
        "Зачекай, перевірю ще раз.",
        "Отже, відповідь 42.",
        "У кожній коробці 12 яєць, тому в 5 коробках 60 яєць.",
        "Хм, це виглядає неправильно.",
        "Ми знаємо, що n парне.",
        "Отже, загальна вартість становить 36 гривень.",
        "Анна продає 16 - 3 - 4 = 9 яєць на день.",
        "Поїзд проїжджає 60 км за одну годину.",
      ]
    ),
    (
      .bg,
      [
        "Първо събираме двете числа, после делим на три.",
        "3 + 4 = 7, значи тя има 7 ябълки.",
        "Останаха ѝ 7 ябълки.",
        "Нека x е броят на ябълките.",
        "Чакай, ще проверя още веднъж.",
        "Значи отговорът е 42.",
        "Всяка кутия съдържа 12 яйца, така че 5 кутии съдържат 60 яйца.",
        "Хм, това не изглежда правилно.",
        "Знаем, че n е четно.",
        "Следователно общата цена е 36 лева.",
        "Анна продава 16 - 3 - 4 = 9 яйца на ден.",
        "Влакът изминава 60 км за един час.",
      ]
    ),
    (
      .ar,
      [
        "أولاً نجمع العددين ثم نقسم على ثلاثة.",
        "إذن الجواب هو 42.",
        "3 + 4 = 7، إذن لديها 7 تفاحات.",
        "انتظر، دعني أتحقق مرة أخرى.",
        "كل صندوق يحتوي على 12 بيضة.",
        "نعلم أن هذا العدد زوجي.",
        "لذلك فإن التكلفة الإجمالية هي 36 دولارا.",
      ]
    ),
    (
      .fa,
      [
        "ابتدا دو عدد را جمع می‌کنیم و سپس بر سه تقسیم می‌کنیم.",
        "پس پاسخ ۴۲ است.",
        "3 + 4 = 7، پس او 7 سیب دارد.",
        "صبر کن، دوباره بررسی می‌کنم.",
        "هر جعبه 12 تخم مرغ دارد.",
        "می‌دانیم که این عدد زوج است.",
        "بنابراین هزینهٔ کل 36 دلار است.",
      ]
    ),
  ]

  /// One of each language that its script does not tell.
  static let identified: [(language: Language, sentence: String)] = [
    (.af, "Eers tel ons die twee getalle bymekaar en dan deel ons dit deur drie."),
    (.ca, "Primer sumem els dos nombres i després dividim el resultat entre tres."),
    (.cs, "Nejprve obě čísla sečteme a potom výsledek vydělíme třemi."),
    (.cy, "Yn gyntaf rydym yn adio'r ddau rif ac yna'n rhannu'r canlyniad â thri."),
    (.da, "Først lægger vi de to tal sammen, og derefter dividerer vi resultatet med tre."),
    (.de, "Zuerst addieren wir die beiden Zahlen und teilen das Ergebnis durch drei."),
    (.es, "Primero sumamos los dos números y después dividimos el resultado entre tres."),
    (.et, "Kõigepealt liidame need kaks arvu ja siis jagame tulemuse kolmega."),
    (.eu, "Lehenik bi zenbakiak batuko ditugu eta gero emaitza hirurekin zatituko dugu."),
    (.fi, "Ensin laskemme nämä kaksi lukua yhteen ja sitten jaamme tuloksen kolmella."),
    (.fr, "D'abord nous additionnons les deux nombres, puis nous divisons le résultat par trois."),
    (.ga, "Ar dtús cuirimid an dá uimhir le chéile agus ansin roinnimid an toradh ar a trí."),
    (.gl, "Primeiro sumamos os dous números e despois dividimos o resultado entre tres."),
    (.hr, "Najprije zbrojimo dva broja, a zatim rezultat podijelimo s tri."),
    (.hu, "Először összeadjuk a két számot, azután az eredményt elosztjuk hárommal."),
    (.id, "Pertama-tama kita menjumlahkan kedua bilangan itu, lalu membagi hasilnya dengan tiga."),
    (.`is`, "Fyrst leggjum við tölurnar tvær saman og síðan deilum við útkomunni með þremur."),
    (.it, "Prima sommiamo i due numeri e poi dividiamo il risultato per tre."),
    (.lt, "Pirmiausia sudedame abu skaičius, o paskui rezultatą padaliname iš trijų."),
    (.lv, "Vispirms saskaitām abus skaitļus un pēc tam rezultātu izdalām ar trīs."),
    (.ms, "Mula-mula kita tambah kedua-dua nombor itu, kemudian kita bahagi hasilnya dengan tiga."),
    (.mt, "L-ewwel ngħoddu ż-żewġ numri flimkien u mbagħad naqsmu r-riżultat bi tlieta."),
    (
      .nl,
      "Eerst tellen we de twee getallen bij elkaar op en daarna delen we de uitkomst door drie."
    ),
    (.no, "Først legger vi sammen de to tallene, og så deler vi resultatet på tre."),
    (.pl, "Najpierw dodajemy obie liczby, a potem dzielimy wynik przez trzy."),
    (.pt, "Primeiro somamos os dois números e depois dividimos o resultado por três."),
    (.ro, "Mai întâi adunăm cele două numere, apoi împărțim rezultatul la trei."),
    (.sk, "Najprv obe čísla sčítame a potom výsledok vydelíme tromi."),
    (.sl, "Najprej seštejemo obe števili, nato pa rezultat delimo s tri."),
    (.sq, "Së pari i mbledhim të dy numrat dhe pastaj e pjesëtojmë rezultatin me tre."),
    (.sv, "Först lägger vi ihop de två talen och sedan delar vi resultatet med tre."),
    (.sw, "Kwanza tunajumlisha namba hizo mbili, kisha tunagawanya jibu kwa tatu."),
    (
      .tl,
      "Una ay pagsasamahin natin ang dalawang bilang, at pagkatapos ay hahatiin ang sagot sa tatlo."
    ),
    (.tr, "Önce iki sayıyı toplarız, sonra da sonucu üçe böleriz."),
    (.vi, "Trước hết ta cộng hai số lại, sau đó chia kết quả cho ba."),
    (.be, "Спачатку складзем два лікі, а потым падзелім вынік на тры."),
    (.bg, "Първо събираме двете числа, а след това делим резултата на три."),
    (.mk, "Прво ги собираме двата броја, а потоа го делиме резултатот со три."),
    (.sr, "Прво саберемо та два броја, а затим резултат поделимо са три."),
    (.uk, "Спочатку додамо обидва числа, а потім поділимо результат на три."),
    (.fa, "ابتدا دو عدد را با هم جمع می‌کنیم و سپس نتیجه را بر سه تقسیم می‌کنیم."),
    (.ur, "پہلے ہم دونوں اعداد کو جمع کرتے ہیں، پھر نتیجے کو تین پر تقسیم کرتے ہیں۔"),
    (.bs, "Prvo saberemo dva broja, a zatim rezultat podijelimo sa tri."),
  ]
}
