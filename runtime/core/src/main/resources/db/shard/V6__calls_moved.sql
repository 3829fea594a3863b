-- Its rows are in usage_record and experiment_call.
DROP TABLE IF EXISTS model_call;
