// The page's entry.
import '../components/extractor-app.ts';
