-- Its rows are in usage_threshold.
DROP TABLE IF EXISTS usage_alert;
