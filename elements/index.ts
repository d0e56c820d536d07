// Every public element, registered by importing this.
export { ClueEnroller } from './clue-enroller/clue-enroller.ts';
export { CLUE_ENROLLER_TEXTS, type ClueEnrollerTexts } from '../components/enroll/clue-enroller.texts.ts';
export { FileExtractor } from './file-extractor/file-extractor.ts';
export { FILE_EXTRACTOR_TEXTS, type FileExtractorTexts } from '../components/files/file-extractor.texts.ts';
export { LatencyMeter } from './latency-meter/latency-meter.ts';
export { LATENCY_METER_TEXTS, type LatencyMeterTexts } from './latency-meter/texts.ts';
export { LiveMonitor } from './live-monitor/live-monitor.ts';
export { LIVE_MONITOR_TEXTS, type LiveMonitorTexts } from './live-monitor/texts.ts';
export { TargetExtractor } from './target-extractor/target-extractor.ts';
export { TARGET_EXTRACTOR_TEXTS, type TargetExtractorTexts } from './target-extractor/texts.ts';
