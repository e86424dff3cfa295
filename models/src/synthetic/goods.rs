//! What is sold: the trades of a region, their goods and what these cost in cents.

use super::region::Region;
use super::rng::Rng;

/// One thing that is sold: its name, the least and the most that it costs, in cents.
pub(crate) type Good = (&'static str, i64, i64);

/// A business and what it sells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trade {
    /// Stands in the company's name.
    pub(crate) name: &'static str,
    pub(crate) goods: &'static [Good],
}

const fn trade(name: &'static str, goods: &'static [Good]) -> Trade {
    Trade { name, goods }
}

/// A business that gives receipts.
pub(crate) fn shop(rng: &mut Rng, region: Region) -> Trade {
    match region {
        Region::UnitedStates | Region::UnitedKingdom => rng.pick(&SHOPS_EN),
        Region::Malaysia => rng.pick(&SHOPS_MY),
        Region::Germany => rng.pick(&SHOPS_DE),
        Region::France => rng.pick(&SHOPS_FR),
    }
}

/// A business that sends invoices.
pub(crate) fn office(rng: &mut Rng, region: Region) -> Trade {
    match region {
        Region::UnitedStates | Region::UnitedKingdom | Region::Malaysia => rng.pick(&OFFICES_EN),
        Region::Germany => rng.pick(&OFFICES_DE),
        Region::France => rng.pick(&OFFICES_FR),
    }
}

const CAFE: &[Good] = &[
    ("Flat White", 340, 480),
    ("Americano", 280, 390),
    ("Cappuccino", 330, 460),
    ("Chai Latte", 360, 490),
    ("Pot of Tea", 250, 360),
    ("Blueberry Muffin", 280, 420),
    ("Almond Croissant", 320, 450),
    ("Toasted Sandwich", 590, 890),
    ("Soup of the Day", 550, 790),
    ("Carrot Cake Slice", 390, 560),
    ("Orange Juice 300ml", 300, 420),
    ("Sparkling Water", 190, 290),
];
const HARDWARE: &[Good] = &[
    ("Claw Hammer 450g", 1_290, 2_490),
    ("Wood Screws 5x60 100pc", 590, 990),
    ("Masking Tape 25mm", 240, 490),
    ("Sandpaper Set P120", 350, 690),
    ("LED Bulb E27 9W", 390, 890),
    ("Extension Cord 5m", 1_190, 2_190),
    ("Paint Roller 9in", 690, 1_290),
    ("White Emulsion 2.5L", 1_990, 3_490),
    ("Tape Measure 8m", 790, 1_590),
    ("Cable Ties 200mm 50pc", 290, 590),
    ("Padlock 40mm", 850, 1_650),
    ("Silicone Sealant", 590, 1_090),
];
const STATIONERY: &[Good] = &[
    ("A4 Paper 80g 500s", 1_090, 1_890),
    ("Gel Pen 0.5 Blue", 150, 320),
    ("Exercise Book F5 120pg", 190, 390),
    ("Correction Tape 5mm", 280, 520),
    ("Lever Arch File", 490, 890),
    ("Sticky Notes 76x76", 250, 490),
    ("Glue Stick 21g", 180, 390),
    ("Permanent Marker Blk", 220, 390),
    ("Stapler No.10", 650, 1_290),
    ("Scientific Calculator", 3_900, 6_900),
    ("Envelope C5 25s", 350, 690),
    ("Ruler 30cm Clear", 120, 250),
];
const GROCERY: &[Good] = &[
    ("Whole Milk 1L", 110, 690),
    ("Free Range Eggs 10s", 290, 990),
    ("Sourdough Loaf", 290, 690),
    ("Basmati Rice 5kg", 1_190, 2_890),
    ("Olive Oil 500ml", 690, 1_890),
    ("Bananas 1kg", 140, 490),
    ("Cheddar Mature 350g", 390, 1_290),
    ("Washing Powder 2kg", 890, 1_990),
    ("Tomatoes 500g", 150, 450),
    ("Dark Chocolate 100g", 190, 590),
    ("Spaghetti 500g", 90, 390),
    ("Tuna in Brine 185g", 150, 590),
];
const PHARMACY: &[Good] = &[
    ("Plasters Assorted 40s", 290, 690),
    ("Vitamin C 1000mg 30s", 690, 2_590),
    ("Cough Syrup 100ml", 590, 1_490),
    ("Hand Cream 75ml", 390, 1_290),
    ("Toothpaste 150g", 250, 990),
    ("Sun Lotion SPF50", 990, 3_990),
    ("Antiseptic Liquid", 490, 1_290),
    ("Cotton Pads 80s", 190, 590),
    ("Eye Drops 10ml", 690, 1_890),
    ("Face Mask 50s", 590, 1_490),
];
const KOPITIAM: &[Good] = &[
    ("Nasi Lemak Ayam", 790, 1_290),
    ("Teh Tarik", 220, 350),
    ("Kopi O Ais", 200, 320),
    ("Roti Canai Telur", 250, 400),
    ("Mee Goreng Mamak", 690, 1_090),
    ("Char Kuey Teow", 750, 1_190),
    ("Curry Laksa", 890, 1_390),
    ("Milo Ais", 300, 450),
    ("Satay Ayam 6pc", 900, 1_290),
    ("Ais Kacang", 550, 850),
    ("Sup Ayam", 690, 990),
    ("Limau Ais", 250, 380),
];
const SHOPS_EN: [Trade; 6] = [
    trade("Coffee House", CAFE),
    trade("Hardware", HARDWARE),
    trade("Stationers", STATIONERY),
    trade("Books & Gifts", STATIONERY),
    trade("Food Market", GROCERY),
    trade("Pharmacy", PHARMACY),
];
const SHOPS_MY: [Trade; 6] = [
    trade("Kopitiam", KOPITIAM),
    trade("Restoran", KOPITIAM),
    trade("Hardware", HARDWARE),
    trade("Stationery", STATIONERY),
    trade("Mini Market", GROCERY),
    trade("Farmasi", PHARMACY),
];
const SHOPS_DE: [Trade; 3] = [
    trade(
        "Bäckerei",
        &[
            ("Roggenbrot 1kg", 390, 560),
            ("Brötchen", 35, 65),
            ("Brezel", 80, 130),
            ("Käsekuchen Stück", 280, 390),
            ("Kaffee groß", 290, 390),
            ("Apfeltasche", 190, 290),
            ("Laugenstange", 110, 180),
            ("Belegtes Brötchen", 320, 450),
            ("Milchkaffee", 310, 420),
            ("Streuselschnecke", 210, 310),
        ],
    ),
    trade(
        "Getränkemarkt",
        &[
            ("Mineralwasser 12x0,7", 490, 790),
            ("Apfelsaft 1,0l", 149, 229),
            ("Pfand Kasten", 330, 330),
            ("Weißwein trocken 0,75", 590, 1_190),
            ("Pils 20x0,5", 1_490, 1_990),
            ("Traubensaft rot", 229, 329),
            ("Tonic Water 6x0,2", 449, 699),
            ("Orangenlimonade 1,5", 129, 199),
        ],
    ),
    trade(
        "Baumarkt",
        &[
            ("Dübel 8mm 100 St.", 499, 899),
            ("Wandfarbe weiß 5l", 1_999, 3_499),
            ("Pinsel-Set 5tlg.", 699, 1_299),
            ("Kabelbinder 200mm", 299, 599),
            ("Akku-Lampe", 1_499, 2_999),
            ("Schraubendreher PH2", 549, 999),
            ("Gartenschlauch 20m", 1_799, 3_299),
            ("Arbeitshandschuhe", 399, 899),
        ],
    ),
];
const SHOPS_FR: [Trade; 3] = [
    trade(
        "Boulangerie",
        &[
            ("Baguette tradition", 110, 150),
            ("Croissant au beurre", 120, 170),
            ("Pain de campagne", 290, 420),
            ("Éclair au chocolat", 280, 390),
            ("Tarte aux pommes", 320, 450),
            ("Café crème", 240, 350),
            ("Sandwich jambon", 450, 620),
            ("Chausson pommes", 180, 260),
            ("Brioche tressée", 450, 690),
        ],
    ),
    trade(
        "Bistrot",
        &[
            ("Plat du jour", 1_350, 1_790),
            ("Entrecôte frites", 1_890, 2_490),
            ("Salade de chèvre", 1_150, 1_490),
            ("Crème brûlée", 690, 890),
            ("Carafe de vin 50cl", 990, 1_390),
            ("Eau minérale 1L", 450, 590),
            ("Café", 180, 260),
            ("Soupe à l'oignon", 790, 990),
        ],
    ),
    trade(
        "Librairie",
        &[
            ("Roman poche", 690, 990),
            ("Cahier 96 pages", 190, 390),
            ("Stylo plume", 890, 2_490),
            ("Carte postale", 90, 150),
            ("Bande dessinée", 1_190, 1_690),
            ("Agenda", 990, 1_990),
            ("Papier cadeau", 290, 490),
        ],
    ),
];
const OFFICES_EN: [Trade; 5] = [
    trade(
        "Consulting",
        &[
            ("Process review workshop, day rate", 78_000, 140_000),
            ("Supplier audit and written report", 95_000, 210_000),
            ("Project management, hours", 8_500, 16_500),
            ("Training material, printed sets", 2_400, 5_900),
            ("Travel expenses, flat rate", 9_500, 32_000),
            ("Follow-up call and minutes", 6_000, 14_000),
        ],
    ),
    trade(
        "Logistics",
        &[
            ("Pallet transport, zone 2", 4_800, 12_500),
            ("Warehouse storage, pallet per week", 650, 1_450),
            ("Customs documents, per shipment", 5_500, 9_900),
            ("Express courier, up to 10 kg", 2_900, 6_400),
            ("Fuel surcharge", 1_250, 6_800),
            ("Loading and unloading, hours", 3_600, 5_800),
        ],
    ),
    trade(
        "Electrical",
        &[
            ("Distribution board 12-way, installed", 28_500, 62_000),
            ("Cable NYM-J 3x2.5, per 50 m", 5_900, 11_500),
            ("LED panel 60x60, neutral white", 3_950, 8_900),
            ("Electrician, hours on site", 5_200, 9_800),
            ("Safety inspection and certificate", 14_500, 29_000),
            ("Sockets, double, white", 890, 1_890),
        ],
    ),
    trade(
        "Print & Design",
        &[
            ("Brochure 16 pages, 500 copies", 48_000, 92_000),
            ("Business cards, 250 pieces", 3_900, 8_900),
            ("Logo redesign, concept stage", 45_000, 150_000),
            ("Roll-up banner 85x200 cm", 7_900, 15_900),
            ("Proofreading, per page", 450, 950),
            ("Packaging mock-up", 12_500, 39_000),
        ],
    ),
    trade(
        "Office Supplies",
        &[
            ("Copy paper A4, box of 5 reams", 2_190, 3_990),
            ("Desk chair, ergonomic", 14_900, 38_900),
            ("Toner cartridge, black", 5_900, 12_900),
            ("Whiteboard 120x90 cm", 6_900, 13_900),
            ("Ring binders A4, pack of 10", 1_890, 3_490),
            ("Monitor stand", 2_990, 6_990),
        ],
    ),
];
const OFFICES_DE: [Trade; 2] = [
    trade(
        "Haustechnik",
        &[
            ("Heizungswartung inkl. Anfahrt", 12_900, 24_900),
            ("Arbeitsstunden Monteur", 5_800, 8_900),
            ("Umwälzpumpe, geliefert und eingebaut", 28_900, 54_900),
            ("Kupferrohr 22 mm, je Meter", 1_190, 2_290),
            ("Kleinmaterial pauschal", 1_500, 4_900),
            ("Prüfprotokoll Trinkwasser", 7_900, 14_900),
        ],
    ),
    trade(
        "Medien",
        &[
            ("Gestaltung Broschüre, 16 Seiten", 48_000, 120_000),
            ("Druck 500 Stück, vierfarbig", 29_000, 64_000),
            ("Bildbearbeitung, Stunden", 6_500, 9_500),
            ("Lektorat je Seite", 550, 1_100),
            ("Versand und Verpackung", 1_290, 3_900),
        ],
    ),
];
const OFFICES_FR: [Trade; 2] = [
    trade(
        "Ateliers",
        &[
            ("Menuiserie sur mesure, heures", 4_800, 7_900),
            ("Fenêtre double vitrage, posée", 48_000, 92_000),
            ("Déplacement forfaitaire", 3_500, 7_500),
            ("Peinture intérieure, au m²", 1_900, 3_900),
            ("Fournitures diverses", 2_500, 9_900),
        ],
    ),
    trade(
        "Conseil",
        &[
            ("Journée d'accompagnement", 65_000, 110_000),
            ("Rédaction du rapport d'audit", 48_000, 98_000),
            ("Formation en équipe, demi-journée", 38_000, 69_000),
            ("Frais de déplacement", 8_900, 28_000),
            ("Relecture et synthèse", 12_000, 26_000),
        ],
    ),
];
